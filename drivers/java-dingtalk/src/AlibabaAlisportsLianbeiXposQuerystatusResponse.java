import com.taobao.api.TaobaoObject;
import com.taobao.api.TaobaoResponse;
import com.taobao.api.internal.mapping.ApiField;

/** The response as the SDK of the method's page has it. */
public class AlibabaAlisportsLianbeiXposQuerystatusResponse extends TaobaoResponse {
    private static final long serialVersionUID = 1L;

    @ApiField("result")
    private QingchengXPosResult result;

    public QingchengXPosResult getResult() { return result; }
    public void setResult(QingchengXPosResult result) { this.result = result; }

    public static class QingchengXPosResult extends TaobaoObject {
        private static final long serialVersionUID = 1L;

        @ApiField("model")
        private QingchengQueryPayStatusRespDTO model;
        @ApiField("http_status_code")
        private Long httpStatusCode;
        @ApiField("msg_code")
        private String msgCode;
        @ApiField("msg_info")
        private String msgInfo;
        @ApiField("success")
        private Boolean success;

        public QingchengQueryPayStatusRespDTO getModel() { return model; }
        public void setModel(QingchengQueryPayStatusRespDTO model) { this.model = model; }
        public Long getHttpStatusCode() { return httpStatusCode; }
        public void setHttpStatusCode(Long httpStatusCode) { this.httpStatusCode = httpStatusCode; }
        public String getMsgCode() { return msgCode; }
        public void setMsgCode(String msgCode) { this.msgCode = msgCode; }
        public String getMsgInfo() { return msgInfo; }
        public void setMsgInfo(String msgInfo) { this.msgInfo = msgInfo; }
        public Boolean getSuccess() { return success; }
        public void setSuccess(Boolean success) { this.success = success; }
    }

    public static class QingchengQueryPayStatusRespDTO extends TaobaoObject {
        private static final long serialVersionUID = 1L;

        @ApiField("paid_fee")
        private Long paidFee;
        @ApiField("paid_time")
        private String paidTime;
        @ApiField("checkout_status")
        private String checkoutStatus;
        @ApiField("checkout_id")
        private String checkoutId;
        @ApiField("out_biz_id")
        private String outBizId;
        @ApiField("result_message")
        private String resultMessage;
        @ApiField("result_code")
        private String resultCode;
        @ApiField("success")
        private Boolean success;

        public Long getPaidFee() { return paidFee; }
        public void setPaidFee(Long paidFee) { this.paidFee = paidFee; }
        public String getPaidTime() { return paidTime; }
        public void setPaidTime(String paidTime) { this.paidTime = paidTime; }
        public String getCheckoutStatus() { return checkoutStatus; }
        public void setCheckoutStatus(String checkoutStatus) { this.checkoutStatus = checkoutStatus; }
        public String getCheckoutId() { return checkoutId; }
        public void setCheckoutId(String checkoutId) { this.checkoutId = checkoutId; }
        public String getOutBizId() { return outBizId; }
        public void setOutBizId(String outBizId) { this.outBizId = outBizId; }
        public String getResultMessage() { return resultMessage; }
        public void setResultMessage(String resultMessage) { this.resultMessage = resultMessage; }
        public String getResultCode() { return resultCode; }
        public void setResultCode(String resultCode) { this.resultCode = resultCode; }
        public Boolean getSuccess() { return success; }
        public void setSuccess(Boolean success) { this.success = success; }
    }
}
