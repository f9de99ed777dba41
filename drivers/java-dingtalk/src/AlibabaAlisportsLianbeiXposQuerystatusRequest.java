import com.taobao.api.ApiRuleException;
import com.taobao.api.BaseTaobaoRequest;
import com.taobao.api.internal.util.TaobaoHashMap;
import java.util.Map;

/** The request as the SDK of the method's page has it. */
public class AlibabaAlisportsLianbeiXposQuerystatusRequest
        extends BaseTaobaoRequest<AlibabaAlisportsLianbeiXposQuerystatusResponse> {
    private Long bizOrderId;
    private String checkoutId;

    public Long getBizOrderId() { return bizOrderId; }
    public void setBizOrderId(Long bizOrderId) { this.bizOrderId = bizOrderId; }
    public String getCheckoutId() { return checkoutId; }
    public void setCheckoutId(String checkoutId) { this.checkoutId = checkoutId; }

    @Override
    public String getApiMethodName() { return "alibaba.alisports.lianbei.xpos.querystatus"; }

    @Override
    public Map<String, String> getTextParams() {
        TaobaoHashMap params = new TaobaoHashMap();
        params.put("biz_order_id", bizOrderId);
        params.put("checkout_id", checkoutId);
        if (udfParams != null) params.putAll(udfParams);
        return params;
    }

    @Override
    public Class<AlibabaAlisportsLianbeiXposQuerystatusResponse> getResponseClass() {
        return AlibabaAlisportsLianbeiXposQuerystatusResponse.class;
    }

    @Override
    public void check() throws ApiRuleException { } // the page requires neither parameter and limits none
}
